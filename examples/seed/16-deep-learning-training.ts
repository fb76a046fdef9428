// Trains a classifier for 25 epochs: needs torch, see `npm run examples:ml`.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

compute.setConfig({ defaultProvider: modal({}) });

// --- The block, as the document has it. ---
const sandbox = await compute.sandbox.create();

// Create comprehensive training environment
await sandbox.filesystem.mkdir('/training');
await sandbox.filesystem.mkdir('/training/data');
await sandbox.filesystem.mkdir('/training/models');
await sandbox.filesystem.mkdir('/training/logs');

// Write advanced training script
const advancedTrainingScript = `
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset
import torch.nn.functional as F
import json
import time
from datetime import datetime

# Set device
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
print(f"Training on device: {device}")

# Generate more complex synthetic data
def generate_data(n_samples=10000, n_features=784, n_classes=10):
    X = torch.randn(n_samples, n_features)
    # Create some structure in the data
    y = (X[:, :10].sum(dim=1) > 0).long() % n_classes
    return X, y

X_train, y_train = generate_data(8000)
X_val, y_val = generate_data(2000)

# Create data loaders
train_dataset = TensorDataset(X_train, y_train)
val_dataset = TensorDataset(X_val, y_val)

train_loader = DataLoader(train_dataset, batch_size=64, shuffle=True)
val_loader = DataLoader(val_dataset, batch_size=64, shuffle=False)

# Define a more complex model
class MLPClassifier(nn.Module):
    def __init__(self, input_size, hidden_sizes, num_classes, dropout=0.2):
        super().__init__()
        layers = []
        prev_size = input_size
        
        for hidden_size in hidden_sizes:
            layers.extend([
                nn.Linear(prev_size, hidden_size),
                nn.ReLU(),
                nn.Dropout(dropout)
            ])
            prev_size = hidden_size
        
        layers.append(nn.Linear(prev_size, num_classes))
        self.network = nn.Sequential(*layers)
    
    def forward(self, x):
        return self.network(x)

# Initialize model
model = MLPClassifier(784, [512, 256, 128], 10).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.7)

# Training loop with validation
training_history = {'train_loss': [], 'val_loss': [], 'val_acc': []}
num_epochs = 25

print(f"Starting training for {num_epochs} epochs...")
start_time = time.time()

for epoch in range(num_epochs):
    # Training phase
    model.train()
    train_loss = 0.0
    
    for batch_x, batch_y in train_loader:
        batch_x, batch_y = batch_x.to(device), batch_y.to(device)
        
        optimizer.zero_grad()
        outputs = model(batch_x)
        loss = criterion(outputs, batch_y)
        loss.backward()
        optimizer.step()
        
        train_loss += loss.item()
    
    # Validation phase
    model.eval()
    val_loss = 0.0
    correct = 0
    total = 0
    
    with torch.no_grad():
        for batch_x, batch_y in val_loader:
            batch_x, batch_y = batch_x.to(device), batch_y.to(device)
            outputs = model(batch_x)
            loss = criterion(outputs, batch_y)
            val_loss += loss.item()
            
            _, predicted = torch.max(outputs.data, 1)
            total += batch_y.size(0)
            correct += (predicted == batch_y).sum().item()
    
    # Calculate averages
    train_loss /= len(train_loader)
    val_loss /= len(val_loader)
    val_acc = 100 * correct / total
    
    # Update learning rate
    scheduler.step()
    
    # Store history
    training_history['train_loss'].append(train_loss)
    training_history['val_loss'].append(val_loss)
    training_history['val_acc'].append(val_acc)
    
    # Print progress
    if (epoch + 1) % 5 == 0:
        print(f"Epoch [{epoch+1}/{num_epochs}]")
        print(f"  Train Loss: {train_loss:.4f}")
        print(f"  Val Loss: {val_loss:.4f}")
        print(f"  Val Accuracy: {val_acc:.2f}%")
        print(f"  LR: {scheduler.get_last_lr()[0]:.6f}")

training_time = time.time() - start_time
print(f"\\nTraining completed in {training_time:.2f} seconds")
print(f"Final validation accuracy: {training_history['val_acc'][-1]:.2f}%")

# Save model and training history
torch.save({
    'model_state_dict': model.state_dict(),
    'optimizer_state_dict': optimizer.state_dict(),
    'training_history': training_history,
    'model_config': {
        'input_size': 784,
        'hidden_sizes': [512, 256, 128],
        'num_classes': 10,
        'dropout': 0.2
    },
    'final_accuracy': training_history['val_acc'][-1]
}, '/training/models/mlp_classifier.pt')

# Save training log
log_data = {
    'timestamp': datetime.now().isoformat(),
    'device': str(device),
    'num_epochs': num_epochs,
    'training_time': training_time,
    'final_accuracy': training_history['val_acc'][-1],
    'best_accuracy': max(training_history['val_acc']),
    'training_history': training_history
}

with open('/training/logs/training_log.json', 'w') as f:
    json.dump(log_data, f, indent=2)

print("\\nModel and logs saved successfully!")
print(f"Best validation accuracy: {max(training_history['val_acc']):.2f}%")
`;

await sandbox.filesystem.writeFile('/training/train_advanced.py', advancedTrainingScript);

// Run the advanced training
console.log('Starting advanced ML training pipeline...');
const trainingResult = await sandbox.runCode(`
import subprocess
import sys

# Run the training script
result = subprocess.run([sys.executable, '/training/train_advanced.py'], 
                       capture_output=True, text=True, cwd='/training')
print(result.stdout)
if result.stderr:
    print("STDERR:", result.stderr)
print(f"Exit code: {result.returncode}")
`);

console.log(trainingResult.stdout);

// Check results
const logExists = await sandbox.filesystem.exists('/training/logs/training_log.json');
const modelExists = await sandbox.filesystem.exists('/training/models/mlp_classifier.pt');

console.log('Training log saved:', logExists);
console.log('Model saved:', modelExists);

if (logExists) {
  const logContent = await sandbox.filesystem.readFile('/training/logs/training_log.json');
  const logData = JSON.parse(logContent);
  console.log('\\nTraining Summary:');
  console.log(`Final Accuracy: ${logData.final_accuracy.toFixed(2)}%`);
  console.log(`Best Accuracy: ${logData.best_accuracy.toFixed(2)}%`);
  console.log(`Training Time: ${logData.training_time.toFixed(2)} seconds`);
  console.log(`Device: ${logData.device}`);
}

await sandbox.destroy();
